/**
 * What the tests in the framework share.
 */
package org.nesteddune.itest;
