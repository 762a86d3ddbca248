package org.nesteddune.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CredentialsTest {

    private static final Credentials ROOT = new Credentials(0, 0, 0, 0, 0, 0, List.of(0));

    @Test
    void rootHasAllCapabilitiesAndOthersNone() {
        assertThat(ROOT.has(Capabilities.CAP_SETUID)).isTrue();
        assertThat(new Credentials(7, 7, 7, 7, 7, 7, List.of()).has(Capabilities.CAP_SETUID)).isFalse();
    }

    @Test
    void leavingRootForGoodLosesCapabilities() {
        Credentials user = ROOT.withUids(1000, 1000, 1000);
        assertThat(user.capabilities().permitted()).isZero();
        assertThat(user.capabilities().effective()).isZero();
        assertThat(user.capabilities().bounding()).isEqualTo(Capabilities.ALL);
    }

    @Test
    void aSavedRootKeepsPermittedCapabilitiesAndGetsThemBack() {
        Credentials user = ROOT.withUids(0, 1000, 0);
        assertThat(user.has(Capabilities.CAP_KILL)).isFalse();
        assertThat(user.capabilities().permitted()).isEqualTo(Capabilities.ALL);
        assertThat(user.withUids(0, 0, 0).has(Capabilities.CAP_KILL)).isTrue();
    }

    @Test
    void keepCapabilitiesKeepsThePermittedOnes() {
        Credentials kept = ROOT.with(ROOT.capabilities().withSecureBits(Capabilities.KEEP_CAPS))
                .withUids(1000, 1000, 1000);
        assertThat(kept.capabilities().permitted()).isEqualTo(Capabilities.ALL);
        assertThat(kept.capabilities().effective()).isZero();
    }
}
