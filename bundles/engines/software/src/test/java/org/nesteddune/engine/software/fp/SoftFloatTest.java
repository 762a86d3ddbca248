package org.nesteddune.engine.software.fp;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Compared with the host's arithmetic, and with exact arithmetic for other rounding modes and for flags. */
class SoftFloatTest {

    private static final FloatFormat D = FloatFormat.BINARY64;
    private static final FloatFormat S = FloatFormat.BINARY32;
    private static final double[] SPECIAL = {
        0, -0.0, 1, -1, 1.5, Double.MIN_VALUE, -Double.MIN_VALUE, Double.MIN_NORMAL, Double.MAX_VALUE,
        Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, 1e-310, 0x1p-1022, 0x1p-537, 0x1p511, 3
    };
    private static final int ROUNDS = 20_000;

    private final Random random = new Random(7);
    private final FloatEnvironment e = new FloatEnvironment();

    private double value() {
        return switch (random.nextInt(3)) {
            case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> Double.longBitsToDouble(random.nextLong());
            default -> random.nextGaussian() * Math.scalb(1, random.nextInt(8) - 4);
        };
    }

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    private static long bits(float value) {
        return Float.floatToRawIntBits(value) & 0xffff_ffffL;
    }

    private static void same(long result, double expected) {
        if (Double.isNaN(expected)) {
            assertThat(D.isNan(result)).isTrue();
        } else {
            assertThat(result).isEqualTo(bits(expected));
        }
    }

    private static void same(long result, float expected) {
        if (Float.isNaN(expected)) {
            assertThat(S.isNan(result)).isTrue();
        } else {
            assertThat(result).isEqualTo(bits(expected));
        }
    }

    @Test
    void doublesAreTheHosts() {
        for (int i = 0; i < ROUNDS; i++) {
            double a = value();
            double b = value();
            same(SoftFloat.add(D, bits(a), bits(b), e), a + b);
            same(SoftFloat.subtract(D, bits(a), bits(b), e), a - b);
            same(SoftFloat.multiply(D, bits(a), bits(b), e), a * b);
            same(SoftFloat.divide(D, bits(a), bits(b), e), a / b);
            same(SoftFloat.squareRoot(D, bits(a), e), Math.sqrt(a));
            same(SoftFloat.convert(D, S, bits(a), e), (float) a);
        }
    }

    @Test
    void singlesAreTheHosts() {
        for (int i = 0; i < ROUNDS; i++) {
            float a = (float) value();
            float b = Float.intBitsToFloat(random.nextInt());
            same(SoftFloat.add(S, bits(a), bits(b), e), a + b);
            same(SoftFloat.multiply(S, bits(a), bits(b), e), a * b);
            same(SoftFloat.divide(S, bits(a), bits(b), e), a / b);
            same(SoftFloat.squareRoot(S, bits(b), e), (float) Math.sqrt(b));
            same(SoftFloat.convert(S, D, bits(b), e), (double) b);
        }
    }

    @Test
    void integersAreTheHosts() {
        long[] whenNot = {0, Long.MAX_VALUE, Long.MIN_VALUE};
        long[] whenNotInt = {0, Integer.MAX_VALUE, Integer.MIN_VALUE};
        for (int i = 0; i < ROUNDS; i++) {
            double a = random.nextBoolean() ? value() : random.nextInt() * random.nextDouble();
            assertThat(SoftFloat.toLong(D, bits(a), 64, FloatEnvironment.TOWARD_ZERO, whenNot, e)).isEqualTo((long) a);
            assertThat(SoftFloat.toLong(D, bits(a), 32, FloatEnvironment.TOWARD_ZERO, whenNotInt, e)).isEqualTo((int) a);
            if (Math.abs(a) < 0x1p52) {
                assertThat(SoftFloat.toLong(D, bits(a), 64, FloatEnvironment.NEAREST_EVEN, whenNot, e))
                        .isEqualTo((long) Math.rint(a));
                assertThat(SoftFloat.toLong(D, bits(a), 64, FloatEnvironment.UP, whenNot, e))
                        .isEqualTo((long) Math.ceil(a));
                assertThat(SoftFloat.toLong(D, bits(a), 64, FloatEnvironment.DOWN, whenNot, e))
                        .isEqualTo((long) Math.floor(a));
            }
            long integer = random.nextLong() >> random.nextInt(64);
            assertThat(SoftFloat.fromLong(D, integer, e)).isEqualTo(bits((double) integer));
            assertThat(SoftFloat.fromLong(S, integer, e)).isEqualTo(bits((float) integer));
        }
    }

    @Test
    void everyRoundingModeIsExact() {
        RoundingMode[] modes = {
            RoundingMode.HALF_EVEN, RoundingMode.DOWN, RoundingMode.CEILING, RoundingMode.FLOOR
        };
        for (int i = 0; i < 4000; i++) {
            double a = random.nextGaussian() * 1000;
            double b = random.nextBoolean() ? random.nextGaussian() : (int) (random.nextGaussian() * 8);
            if (b == 0) {
                continue;
            }
            e.rounding = i & 3;
            check(SoftFloat.add(D, bits(a), bits(b), clear()), new BigDecimal(a).add(new BigDecimal(b)), modes[i & 3]);
            check(SoftFloat.multiply(D, bits(a), bits(b), clear()),
                    new BigDecimal(a).multiply(new BigDecimal(b)), modes[i & 3]);
            check(SoftFloat.divide(D, bits(a), bits(b), clear()),
                    new BigDecimal(a).divide(new BigDecimal(b), new MathContext(60, RoundingMode.DOWN)), modes[i & 3]);
        }
    }

    private FloatEnvironment clear() {
        e.flags = 0;
        return e;
    }

    /** That no number of the format lies between the result and the exact one on the mode's side. */
    private void check(long result, BigDecimal exact, RoundingMode mode) {
        double value = Double.longBitsToDouble(result);
        int order = new BigDecimal(value).compareTo(exact);
        boolean inexact = (e.flags & FloatEnvironment.INEXACT) != 0;
        if (exact.precision() < 60) {
            assertThat(inexact).isEqualTo(order != 0);
        }
        switch (mode) {
            case CEILING -> {
                assertThat(order).isGreaterThanOrEqualTo(0);
                assertThat(new BigDecimal(Math.nextDown(value)).compareTo(exact)).isNegative();
            }
            case FLOOR -> {
                assertThat(order).isLessThanOrEqualTo(0);
                assertThat(new BigDecimal(Math.nextUp(value)).compareTo(exact)).isPositive();
            }
            case DOWN -> assertThat(new BigDecimal(Math.abs(value)).compareTo(exact.abs())).isLessThanOrEqualTo(0);
            default -> assertThat(value).isEqualTo(exact.doubleValue());
        }
    }

    @Test
    void tiesGoToEvenOrAway() {
        double[] halves = {0.5, -0.5, 1.5, 2.5, -2.5, 2.25, -2.75, 0x1p51 + 0.5};
        for (double half : halves) {
            assertThat(SoftFloat.toLong(D, bits(half), 64, FloatEnvironment.NEAREST_AWAY, null, clear()))
                    .isEqualTo(new BigDecimal(half).setScale(0, RoundingMode.HALF_UP).longValue());
        }
        assertThat(SoftFloat.add(D, bits(1.0), bits(0x1p-53), clear())).isEqualTo(bits(1.0));
        e.rounding = FloatEnvironment.NEAREST_AWAY;
        assertThat(SoftFloat.add(D, bits(1.0), bits(0x1p-53), clear())).isEqualTo(bits(1 + 0x1p-52));
        assertThat(SoftFloat.add(D, bits(-1.0), bits(-0x1p-53), clear())).isEqualTo(bits(-1 - 0x1p-52));
        assertThat(SoftFloat.add(D, bits(1.0), bits(0x1p-54), clear())).isEqualTo(bits(1.0));
        assertThat(SoftFloat.multiply(D, bits(Double.MAX_VALUE), bits(-2.0), clear())).isEqualTo(bits(Double.NEGATIVE_INFINITY));
    }

    @Test
    void flagsTellWhatHappened() {
        SoftFloat.divide(D, bits(1.0), bits(0.0), clear());
        assertThat(e.flags).isEqualTo(FloatEnvironment.DIVIDE_BY_ZERO);
        SoftFloat.add(D, bits(Double.POSITIVE_INFINITY), bits(Double.NEGATIVE_INFINITY), clear());
        assertThat(e.flags).isEqualTo(FloatEnvironment.INVALID);
        SoftFloat.multiply(D, bits(Double.MAX_VALUE), bits(2.0), clear());
        assertThat(e.flags).isEqualTo(FloatEnvironment.OVERFLOW | FloatEnvironment.INEXACT);
        SoftFloat.multiply(D, bits(Double.MIN_NORMAL), bits(0.3), clear());
        assertThat(e.flags).isEqualTo(FloatEnvironment.UNDERFLOW | FloatEnvironment.INEXACT);
        SoftFloat.multiply(D, bits(Double.MIN_NORMAL), bits(0.5), clear());
        assertThat(e.flags).isZero();
        e.rounding = FloatEnvironment.TOWARD_ZERO;
        assertThat(SoftFloat.multiply(D, bits(Double.MAX_VALUE), bits(2.0), clear())).isEqualTo(bits(Double.MAX_VALUE));
    }

    @Test
    void nansGoThroughAsTheEncodingSays() {
        long quiet = 0x7ff8_0000_0000_0001L;
        long signaling = 0x7ff4_0000_0000_0001L;
        assertThat(SoftFloat.add(D, bits(1.0), quiet, clear())).isEqualTo(quiet);
        assertThat(e.flags).isZero();
        assertThat(SoftFloat.add(D, bits(1.0), signaling, clear())).isEqualTo(signaling | D.quietBit);
        assertThat(e.flags).isEqualTo(FloatEnvironment.INVALID);
        e.signalingBit = true;
        assertThat(SoftFloat.add(D, bits(1.0), quiet, clear())).isEqualTo(0x7ff7_ffff_ffff_ffffL);
        assertThat(e.flags).isEqualTo(FloatEnvironment.INVALID);
        assertThat(SoftFloat.add(D, bits(1.0), signaling, clear())).isEqualTo(signaling);
        assertThat(e.flags).isZero();
    }
}
