/**
 * Guest memory over mappings of this process.
 *
 * <p>{@link org.nesteddune.internal.mm.HostAddressSpace} is the face; {@link org.nesteddune.internal.mm.GuestAccess} reads
 * and writes guest memory; {@link org.nesteddune.internal.mm.Mappings} makes, protects and removes mappings, with
 * {@link org.nesteddune.internal.mm.Remapper} and {@link org.nesteddune.internal.mm.Adviser} for the calls with rules of
 * their own. They keep {@link org.nesteddune.internal.mm.Area}s in an {@link org.nesteddune.internal.mm.AreaTree}, lie in
 * a {@link org.nesteddune.internal.mm.Window} of reserved host addresses, and show the engine what
 * {@link org.nesteddune.internal.mm.PagePopulator} thinks worth while.
 */
package org.nesteddune.internal.mm;
