package org.nesteddune.internal.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nesteddune.internal.loader.ExecCredentials.Gift;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;

/** Whom programs run as; the native kernel says the same in the integration tests. */
class ExecCredentialsTest {

    private static final long RAW = 1L << 13;

    private static final Credentials USER = new Credentials(7, 7, 7, 8, 8, 8, List.of(9));
    private static final Credentials ROOT = new Credentials(0, 0, 0, 0, 0, 0, List.of());

    private static Gift ids(int user, int group) {
        return new Gift(user, group, false, false, 0, 0);
    }

    private static Gift capabilities(Credentials of, boolean effective, long permitted, long inheritable) {
        return new Gift(of.effectiveUid(), of.effectiveGid(), true, effective, permitted, inheritable);
    }

    private static ExecCredentials decide(Credentials old, Gift file) {
        return ExecCredentials.decide(old, file, false, false);
    }

    @Test
    void anOrdinaryProgramChangesNothing() {
        ExecCredentials result = decide(USER, ids(7, 8));
        assertThat(result.credentials()).isEqualTo(USER);
        assertThat(result.secure()).isFalse();
        assertThat(result.gains()).isFalse();
        assertThat(decide(ROOT, ids(0, 0)).credentials()).isEqualTo(ROOT);
    }

    @Test
    void aSetUserIdProgramIsItsOwners() {
        ExecCredentials result = decide(USER, ids(0, 8));
        assertThat(result.secure()).isTrue();
        assertThat(result.gains()).isTrue();
        assertThat(result.credentials().uid()).isEqualTo(7);
        assertThat(result.credentials().effectiveUid()).isZero();
        assertThat(result.credentials().savedUid()).isZero();
        assertThat(result.credentials().fsUid()).isZero();
        assertThat(result.credentials().has(Capabilities.CAP_SETUID)).isTrue();
    }

    @Test
    void aGroupThatOneIsInIsNoGainButSecureAllTheSame() {
        ExecCredentials result = decide(USER, ids(7, 9));
        assertThat(result.credentials().effectiveGid()).isEqualTo(9);
        assertThat(result.secure()).isTrue();
        assertThat(ExecCredentials.decide(USER, ids(7, 9), false, true).credentials().effectiveGid()).isEqualTo(9);
        assertThat(ExecCredentials.decide(USER, ids(7, 10), false, true).credentials().effectiveGid()).isEqualTo(8);
    }

    @Test
    void nothingIsGainedWhereOthersCouldUseIt() {
        ExecCredentials shared = ExecCredentials.decide(USER, ids(0, 8), false, true);
        assertThat(shared.credentials().effectiveUid()).isEqualTo(7);
        assertThat(shared.credentials().capabilities().permitted()).isZero();
        ExecCredentials refused = ExecCredentials.decide(USER, capabilities(USER, true, RAW, 0), true, false);
        assertThat(refused.credentials().capabilities().permitted()).isZero();
    }

    @Test
    void filesGiveCapabilities() {
        ExecCredentials result = decide(USER, capabilities(USER, true, RAW, 0));
        assertThat(result.credentials().capabilities().effective()).isEqualTo(RAW);
        assertThat(result.secure()).isTrue();
        assertThat(decide(USER, capabilities(USER, false, RAW, 0)).credentials().capabilities().permitted()).isEqualTo(RAW);
        assertThat(decide(USER, capabilities(USER, false, RAW, 0)).credentials().capabilities().effective()).isZero();
        assertThat(decide(USER, capabilities(USER, true, 0, RAW)).credentials().capabilities().permitted()).isZero();
    }

    @Test
    void aFileThatCannotHaveItsCapabilitiesDoesNotRun() {
        Credentials bound = USER.with(USER.capabilities().withBounding(0));
        assertThat(decide(bound, capabilities(bound, true, RAW, 0))).isNull();
        assertThat(decide(bound, capabilities(bound, false, RAW, 0)).credentials().capabilities().permitted()).isZero();
    }

    @Test
    void ambientCapabilitiesStayUntilTheFileHasItsOwn() {
        Credentials ambient = USER.with(new Capabilities(RAW, RAW, RAW, Capabilities.ALL, RAW, 0));
        assertThat(decide(ambient, ids(7, 8)).credentials()).isEqualTo(ambient);
        assertThat(decide(ambient, ids(7, 8)).secure()).isFalse();
        assertThat(decide(ambient, capabilities(ambient, false, 0, 0)).credentials().capabilities().ambient()).isZero();
        assertThat(decide(ambient, ids(6, 8)).credentials().capabilities().effective()).isZero();
    }

    @Test
    void userZeroRegainsEverythingUnlessItIsNobodySpecial() {
        Credentials dropped = ROOT.with(new Capabilities(0, 0, 0, Capabilities.ALL, 0, 0));
        assertThat(decide(dropped, ids(0, 0)).credentials().capabilities().effective()).isEqualTo(Capabilities.ALL);
        Credentials plain = ROOT.with(new Capabilities(
                0, 0, 0, Capabilities.ALL, 0, Capabilities.NO_ROOT | Capabilities.KEEP_CAPS));
        assertThat(decide(plain, ids(0, 0)).credentials().capabilities())
                .isEqualTo(new Capabilities(0, 0, 0, Capabilities.ALL, 0, Capabilities.NO_ROOT));
    }

    @Test
    void aProgramOfUserZeroWithCapabilitiesHasThoseAlone() {
        Gift both = new Gift(0, 8, true, true, RAW, 0);
        ExecCredentials result = decide(USER, both);
        assertThat(result.credentials().effectiveUid()).isZero();
        assertThat(result.credentials().capabilities().effective()).isEqualTo(RAW);
        assertThat(decide(ROOT, new Gift(0, 0, true, true, RAW, 0)).credentials().capabilities().effective())
                .isEqualTo(Capabilities.ALL);
    }
}
