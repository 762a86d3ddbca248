/** The metrics as text for Prometheus, by the HTTP whiteboard. */
package org.nesteddune.metrics.http;
