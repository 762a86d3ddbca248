package org.nesteddune.bench;

import java.util.Locale;

/**
 * What a benchmark found.
 *
 * @param name what was measured
 * @param measured in dune, with its unit
 * @param baseline what it is compared with, with its unit; "" if the bar is absolute
 * @param floor what it would take if nothing but the exits cost time, with its unit; "" if that says nothing
 * @param value the ratio of the two, or in an absolute figure the measured value, in the bar's unit
 * @param bar what the value is to be at most, or at least; NaN if there is none
 * @param atMost which of the two
 * @param unit of value and bar; "" for a ratio
 */
record Figure(
        String name,
        String measured,
        String baseline,
        String floor,
        double value,
        double bar,
        boolean atMost,
        String unit) {

    /** A ratio that is to be at most the bar. */
    static Figure ratioAtMost(String name, String measured, String baseline, double ratio, double bar) {
        return new Figure(name, measured, baseline, "", ratio, bar, true, "");
    }

    /** A ratio that is to be at least the bar. */
    static Figure ratioAtLeast(String name, String measured, String baseline, double ratio, double bar) {
        return new Figure(name, measured, baseline, "", ratio, bar, false, "");
    }

    /** A ratio that is for information. */
    static Figure ratio(String name, String measured, String baseline, double ratio) {
        return new Figure(name, measured, baseline, "", ratio, Double.NaN, true, "");
    }

    /** A value with a unit that is to be at most the bar. */
    static Figure valueAtMost(String name, String baseline, double value, double bar, String unit) {
        return new Figure(name, number(value) + " " + unit, baseline, "", value, bar, true, unit);
    }

    /** A part of something else, for information. */
    static Figure part(String name, double nanos) {
        return new Figure("  " + name, time(nanos), "", "", nanos, Double.NaN, true, "ns");
    }

    /** A number of things, for information. */
    static Figure count(String name, double count) {
        return new Figure(name, number(count), "", "", count, Double.NaN, true, " ");
    }

    /** The same with a floor. */
    Figure withFloor(double nanos) {
        return new Figure(name, measured, baseline, time(nanos), value, bar, atMost, unit);
    }

    /** Whether the bar is met; true if there is none. */
    boolean passes() {
        return Double.isNaN(bar) || (atMost ? value <= bar : value >= bar);
    }

    /** The verdict's word; "" if there is no bar. */
    String verdict() {
        return Double.isNaN(bar) ? "" : passes() ? "pass" : "MISS";
    }

    /** The bar as text: {@code <= 1.10}; "" if there is none. */
    String barText() {
        return Double.isNaN(bar) ? "" : (atMost ? "<= " : ">= ") + number(bar) + (unit.isEmpty() ? "" : " " + unit);
    }

    /** The ratio as text; "" if the figure is none. */
    String ratioText() {
        return unit.isEmpty() ? number(value) : "";
    }

    /** A number with three significant digits or so. */
    static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    /** A time in the unit that fits. */
    static String time(double nanos) {
        if (nanos < 1e3) {
            return number(nanos) + " ns";
        }
        if (nanos < 1e6) {
            return number(nanos / 1e3) + " us";
        }
        return nanos < 1e9 ? number(nanos / 1e6) + " ms" : number(nanos / 1e9) + " s";
    }
}
