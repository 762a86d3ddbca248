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

    @Test
    void theFileSystemUserTakesTheCapabilitiesAboutFilesAlong() {
        Credentials user = ROOT.withFsUid(1000);
        assertThat(user.fsUid()).isEqualTo(1000);
        assertThat(user.effectiveUid()).isZero();
        assertThat(user.has(Capabilities.CAP_DAC_OVERRIDE)).isFalse();
        assertThat(user.has(Capabilities.CAP_KILL)).isTrue();
        assertThat(user.withFsUid(0)).isEqualTo(ROOT);
        assertThat(user.withFsUid(1001).has(Capabilities.CAP_FOWNER)).isFalse();
        Credentials fixed = ROOT.with(ROOT.capabilities().withSecureBits(Capabilities.NO_SETUID_FIXUP));
        assertThat(fixed.withFsUid(1000).has(Capabilities.CAP_DAC_OVERRIDE)).isTrue();
    }

    @Test
    void fileSystemIdsFollowTheEffectiveOnes() {
        Credentials user = ROOT.withFsUid(7).withFsGid(8);
        assertThat(user.withGids(0, 5, 0).fsGid()).isEqualTo(5);
        assertThat(user.withUids(0, 6, 0).fsUid()).isEqualTo(6);
        assertThat(user.withGroups(List.of(3)).fsGid()).isEqualTo(8);
        assertThat(user.withGroups(List.of(3)).isIn(3)).isTrue();
        assertThat(user.isIn(8)).isTrue();
        assertThat(user.isIn(1)).isFalse();
    }

    @Test
    void accessAsksForTheRealUser() {
        Credentials set = new Credentials(1000, 0, 0, 1001, 5, 5, List.of());
        assertThat(set.asReal().fsUid()).isEqualTo(1000);
        assertThat(set.asReal().fsGid()).isEqualTo(1001);
        assertThat(set.asReal().has(Capabilities.CAP_DAC_OVERRIDE)).isFalse();
        Credentials dropped = ROOT.withUids(0, 1000, 0);
        assertThat(dropped.has(Capabilities.CAP_DAC_OVERRIDE)).isFalse();
        assertThat(dropped.asReal().has(Capabilities.CAP_DAC_OVERRIDE)).isTrue();
    }

    @Test
    void whoeverChangesIdsOrGainsCapabilitiesHasSecrets() {
        assertThat(ROOT.isGainFrom(ROOT)).isFalse();
        assertThat(ROOT.withGroups(List.of(1)).isGainFrom(ROOT)).isFalse();
        assertThat(ROOT.withUids(1000, 0, 0).isGainFrom(ROOT)).isFalse();
        assertThat(ROOT.withUids(0, 1000, 0).isGainFrom(ROOT)).isTrue();
        assertThat(ROOT.withFsGid(9).isGainFrom(ROOT)).isTrue();
        Credentials weak = ROOT.with(new Capabilities(0, 0, 0, 0, 0, 0));
        assertThat(weak.isGainFrom(ROOT)).isFalse();
        assertThat(ROOT.isGainFrom(weak)).isTrue();
    }
}
