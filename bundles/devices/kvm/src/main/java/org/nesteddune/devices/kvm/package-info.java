/**
 * KVM for guests: {@code /dev/kvm} and the descriptors that come from it, whose requests are carried over to the host's KVM. A guest's
 * virtual machine is one of the host's, beside the one that the guest itself runs in; its memory is the guest's own.
 */
package org.nesteddune.devices.kvm;
