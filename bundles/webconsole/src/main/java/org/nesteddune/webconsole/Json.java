package org.nesteddune.webconsole;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import org.apache.felix.utils.json.JSONWriter;
import org.nesteddune.Guest;

/** What the page is told. Each method writes one object. Numbers above 2^53, which JavaScript has not, are strings. */
final class Json {

    private Json() {}

    /** @param nanos when the counters are read, by a clock that only goes forward */
    static void guests(Writer out, List<Guest> guests, long nanos) throws IOException {
        JSONWriter json = new JSONWriter(out);
        json.object().key("millis").value(nanos / 1_000_000).key("guests").array();
        for (Guest guest : guests) {
            guest(json, guest);
        }
        json.endArray().endObject().flush();
    }

    private static void guest(JSONWriter json, Guest guest) throws IOException {
        Guest.Info info = guest.info();
        Guest.Activity activity = guest.activity();
        json.object();
        json.key("pid").value(info.pid());
        json.key("parent").value(info.parentPid());
        json.key("uid").value(Integer.toUnsignedLong(info.uid()));
        json.key("state").value(String.valueOf(info.state()));
        json.key("waits").value(info.blockedIn() == null ? "" : info.blockedIn());
        json.key("architecture").value(info.architecture());
        json.key("engine").value(info.engine());
        json.key("profile").value(guest.profile());
        json.key("program").value(info.executable());
        json.key("command").array();
        for (String word : info.command()) {
            json.value(word);
        }
        json.endArray();
        json.key("threads").value(info.threads());
        json.key("virtual").value(info.virtualBytes());
        json.key("resident").value(info.residentBytes());
        json.key("cpu").value((info.userNanos() + info.systemNanos()) / 1_000_000);
        json.key("calls").value(activity.calls());
        json.key("exits").value(activity.exits());
        json.endObject();
    }

    static void mappings(Writer out, List<Guest.Mapping> mappings) throws IOException {
        JSONWriter json = new JSONWriter(out);
        json.object().key("mappings").array();
        for (Guest.Mapping mapping : mappings) {
            json.object();
            json.key("start").value(Long.toHexString(mapping.start()));
            json.key("end").value(Long.toHexString(mapping.end()));
            json.key("permissions").value(mapping.permissions());
            json.key("offset").value(Long.toHexString(mapping.offset()));
            json.key("size").value(mapping.length());
            json.key("resident").value(mapping.residentBytes());
            json.key("name").value(mapping.name());
            json.endObject();
        }
        json.endArray().endObject().flush();
    }

    static void lines(Writer out, Viewer.Lines lines) throws IOException {
        JSONWriter json = new JSONWriter(out);
        json.object().key("dropped").value(lines.dropped()).key("lines").array();
        for (String line : lines.lines()) {
            json.value(line);
        }
        json.endArray().endObject().flush();
    }

    static void viewer(Writer out, String viewer) throws IOException {
        new JSONWriter(out).object().key("viewer").value(viewer).endObject().flush();
    }

    static void done(Writer out) throws IOException {
        new JSONWriter(out).object().endObject().flush();
    }

    static void error(Writer out, String message) throws IOException {
        new JSONWriter(out).object().key("error").value(message).endObject().flush();
    }
}
