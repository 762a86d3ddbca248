/**
 * What an architecture gives to the KVM engine.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.nesteddune.engine.kvm;
