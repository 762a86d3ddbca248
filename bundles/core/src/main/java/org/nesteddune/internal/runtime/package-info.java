/** The runtime itself: starts guests with the backends of the moment and keeps an eye on them. */
package org.nesteddune.internal.runtime;
