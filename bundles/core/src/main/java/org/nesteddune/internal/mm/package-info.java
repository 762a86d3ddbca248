/**
 * Guest memory over mappings of this process.
 *
 * <p>{@link org.nesteddune.internal.mm.HostAddressSpace} is the face, with one lock for all. Behind it
 * {@link org.nesteddune.internal.mm.Mappings} holds the state: {@link org.nesteddune.internal.mm.Area}s in an
 * {@link org.nesteddune.internal.mm.AreaTree}, in a {@link org.nesteddune.internal.mm.Window} of reserved host addresses,
 * charged to a {@link org.nesteddune.internal.mm.MemoryAccount}, and shown to the engine as far as
 * {@link org.nesteddune.internal.mm.PagePopulator} thinks worth while. Each group of calls has a class:
 * {@link org.nesteddune.internal.mm.Mapper} with {@link org.nesteddune.internal.mm.Placement},
 * {@link org.nesteddune.internal.mm.Protector}, {@link org.nesteddune.internal.mm.Remapper},
 * {@link org.nesteddune.internal.mm.Heap}, {@link org.nesteddune.internal.mm.Stacks} and
 * {@link org.nesteddune.internal.mm.Adviser}. {@link org.nesteddune.internal.mm.GuestAccess} reads and writes guest memory.
 */
package org.nesteddune.internal.mm;
