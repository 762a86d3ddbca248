package org.nesteddune.internal.runtime;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.nesteddune.fs.DeviceDriver;
import org.nesteddune.fs.DeviceDrivers;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The drivers of devices that are there; the reserve is asked for one that is missed. */
@Component(service = Drivers.class)
public final class Drivers implements DeviceDrivers {

    private final Map<String, DeviceDriver> drivers = new ConcurrentHashMap<>();

    /** The launcher's, as in {@link Backends}. */
    @Reference(
            target = "(dune.reserve=*)",
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile BooleanSupplier reserve;

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void add(DeviceDriver driver, Map<String, Object> properties) {
        drivers.put(String.valueOf(properties.get(DeviceDriver.NAME)), driver);
    }

    void remove(DeviceDriver driver, Map<String, Object> properties) {
        drivers.remove(String.valueOf(properties.get(DeviceDriver.NAME)), driver);
    }

    @Override
    public DeviceDriver find(String name) {
        DeviceDriver found = drivers.get(name);
        BooleanSupplier waiting = reserve;
        return found == null && waiting != null && waiting.getAsBoolean() ? drivers.get(name) : found;
    }
}
