package org.nesteddune.config;

/**
 * Something wrong in a configuration.
 *
 * @param key which setting
 * @param message what is wrong with it
 * @param place where: a file and line, or a configuration's PID
 */
public record Fault(String key, String message, String place) {

    @Override
    public String toString() {
        return place + ": " + key + ": " + message;
    }
}
