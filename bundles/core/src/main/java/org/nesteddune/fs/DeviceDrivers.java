package org.nesteddune.fs;

/** The drivers that are installed. Thread-safe. */
@FunctionalInterface
public interface DeviceDrivers {

    /** None at all. */
    DeviceDrivers NONE = name -> null;

    /** The driver of a file in {@code /dev}; null if there is none. */
    DeviceDriver find(String name);
}
