/** Whether programs can run, as a health check of Apache Felix. */
package org.nesteddune.health;
