package org.nesteddune.commands;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLConnection;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;

/** A bundle that has been fetched from a URL into a temporary file, and looked at. For one thread; closing it deletes the file. */
final class BundleFile implements AutoCloseable {

    private static final Set<String> SCHEMES = Set.of("http", "https", "file");
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 30_000;

    /** What does not end is no bundle. */
    private static final long MOST_BYTES = 256L << 20;

    private static final int REDIRECTS = 5;
    private static final int CHUNK = 1 << 16;
    private static final long PROGRESS_NANOS = 1_000_000_000L;

    private final Path path;
    private final String digest;
    private String symbolicName;
    private String version;

    private BundleFile(Path path, String digest) {
        this.path = path;
        this.digest = digest;
    }

    /**
     * Fetches a bundle.
     *
     * @param url a URL of http, https or file, or the path of a file
     * @param directory what a relative path starts at
     * @param sha256 the digest that it must have, in hexadecimal digits, or null
     * @param progress where it is said, once a second, how much is there
     * @throws CommandException with what is wrong with the URL, the way to it, or what lies there
     */
    static BundleFile fetch(String url, String directory, String sha256, PrintStream progress)
            throws CommandException, InterruptedException {
        URI uri = uri(url, directory);
        Path file = null;
        try {
            file = Files.createTempFile("dune-bundle", ".jar");
            BundleFile bundle = new BundleFile(file, copy(uri, file, progress));
            bundle.check(url, sha256);
            file = null;
            return bundle;
        } catch (IOException failed) {
            throw new CommandException(Command.FAILED, url + ": " + reason(failed));
        } finally {
            delete(file);
        }
    }

    private static URI uri(String url, String directory) throws CommandException {
        try {
            URI uri = new URI(url);
            if (uri.getScheme() == null) {
                return Path.of(directory).resolve(url).toUri();
            }
            if (SCHEMES.contains(uri.getScheme().toLowerCase(Locale.ROOT))) {
                return uri;
            }
            throw new CommandException(
                    Command.FAILED, url + ": a bundle comes by http, https or file, not by " + uri.getScheme());
        } catch (URISyntaxException none) {
            if (!url.contains(":/")) {
                return Path.of(directory).resolve(url).toUri();
            }
            throw new CommandException(Command.FAILED, url + ": not a URL: " + none.getReason());
        }
    }

    /** Copies what is there, and gives its digest. */
    private static String copy(URI uri, Path file, PrintStream progress) throws IOException, InterruptedException {
        URLConnection connection = open(uri);
        MessageDigest digest = sha256();
        long expected = connection.getContentLengthLong();
        long done = 0;
        try (InputStream in = connection.getInputStream(); OutputStream out = Files.newOutputStream(file)) {
            byte[] chunk = new byte[CHUNK];
            long told = System.nanoTime();
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                done += count;
                if (done > MOST_BYTES) {
                    throw new IOException("there is no end after " + Sizes.print(MOST_BYTES));
                }
                digest.update(chunk, 0, count);
                out.write(chunk, 0, count);
                if (System.nanoTime() - told > PROGRESS_NANOS) {
                    told = System.nanoTime();
                    progress.println(Sizes.print(done) + (expected < 0 ? "" : " of " + Sizes.print(expected)));
                }
            }
        } finally {
            if (connection instanceof HttpURLConnection http) {
                http.disconnect();
            }
        }
        if (expected >= 0 && done != expected) {
            throw new IOException("it ended after " + done + " of " + expected + " bytes");
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The answer to a request, behind redirections to whichever scheme, but never from http or https to a file. */
    private static URLConnection open(URI start) throws IOException {
        URI uri = start;
        for (int i = 0; i <= REDIRECTS; i++) {
            URLConnection connection = uri.toURL().openConnection();
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(READ_MILLIS);
            connection.setUseCaches(false);
            if (!(connection instanceof HttpURLConnection http)) {
                return connection;
            }
            http.setInstanceFollowRedirects(false);
            int status = http.getResponseCode();
            String location = http.getHeaderField("Location");
            if (status == HttpURLConnection.HTTP_OK) {
                return connection;
            }
            http.disconnect();
            if (status / 100 != 3 || location == null) {
                throw new IOException("the server says " + status + " " + http.getResponseMessage());
            }
            uri = uri.resolve(location);
            if (uri.getScheme() == null || !uri.getScheme().toLowerCase(Locale.ROOT).startsWith("http")) {
                throw new IOException("the server sends on to " + uri + ", which is not by http or https");
            }
        }
        throw new IOException("the server sends on and on");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every Java has it
        }
    }

    private void check(String url, String sha256) throws IOException, CommandException {
        if (sha256 != null && !sha256.equalsIgnoreCase(digest)) {
            throw new CommandException(Command.FAILED, url + ": its SHA-256 is " + digest + ", not " + sha256);
        }
        try (JarFile jar = new JarFile(path.toFile())) {
            Manifest manifest = jar.getManifest();
            String name = manifest == null ? null : manifest.getMainAttributes().getValue("Bundle-SymbolicName");
            if (name == null) {
                throw new IOException("a jar, but no bundle: its manifest has no Bundle-SymbolicName");
            }
            symbolicName = name.replaceAll(";.*", "").strip();
            String said = manifest.getMainAttributes().getValue("Bundle-Version");
            version = said == null ? "0.0.0" : said.strip();
        } catch (ZipException none) {
            throw new IOException("not a jar file", none);
        }
        // It names a file of the deployment folder.
        if (!symbolicName.matches("[A-Za-z0-9._-]+")) {
            throw new IOException("its symbolic name '" + symbolicName + "' is none");
        }
    }

    private static String reason(IOException failed) {
        if (failed instanceof UnknownHostException) {
            return "there is no host " + failed.getMessage();
        }
        if (failed instanceof ConnectException) {
            return "nobody answers there";
        }
        if (failed instanceof SocketTimeoutException) {
            return "the server does not answer in time";
        }
        if (failed instanceof FileNotFoundException || failed instanceof java.nio.file.NoSuchFileException) {
            return "No such file or directory";
        }
        if (failed instanceof MalformedURLException) {
            return "not a URL: " + failed.getMessage();
        }
        return failed.getMessage() == null ? failed.toString() : failed.getMessage();
    }

    /** Where it lies. */
    Path path() {
        return path;
    }

    String symbolicName() {
        return symbolicName;
    }

    String version() {
        return version;
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException stays) {
            file.toFile().deleteOnExit();
        }
    }

    @Override
    public void close() {
        delete(path);
    }
}
