package org.nesteddune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nesteddune.AddressRule.Use;

class AddressRuleTest {

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 10.1.2.3, 0, true",
        "10.1.2.3, 10.1.2.4, 0, false",
        "10.1.2.3:80, 10.1.2.3, 80, true",
        "10.1.2.3:80, 10.1.2.3, 81, false",
        "10.0.0.0/8:1000-2000, 10.255.0.1, 2000, true",
        "10.0.0.0/8:1000-2000, 11.0.0.1, 1500, false",
        "10.128.0.0/9, 10.127.255.255, 1, false",
        "10.128.0.0/9, 10.129.0.0, 1, true",
        "0.0.0.0/0:53, 8.8.8.8, 53, true",
        "0.0.0.0/0:53, ::1, 53, false",
        "*:53, ::1, 53, true",
        "*, 1.2.3.4, 65535, true",
        "[::1]:80, ::1, 80, true",
        "[::1]:80, 127.0.0.1, 80, false",
        "[2001:db8::/33]:*, 2001:db8:7fff::1, 1, true",
        "[2001:db8::/33]:*, 2001:db8:8000::1, 1, false",
        "[::ffff:10.0.0.1]:80, 10.0.0.1, 80, true",
        "[1:2:3:4:5:6:7:8], 1:2:3:4:5:6:7:8, 5, true",
    })
    void internetAddresses(String rule, String address, int port, boolean granted) throws UnknownHostException {
        byte[] bytes = InetAddress.getByName(address).getAddress();
        assertThat(AddressRule.parse(rule).grants(Use.CONNECT, bytes, port)).isEqualTo(granted);
        assertThat(AddressRule.parse("bind " + rule).grants(Use.CONNECT, bytes, port)).isFalse();
        assertThat(AddressRule.parse("connect " + rule).grants(Use.CONNECT, bytes, port)).isEqualTo(granted);
        assertThat(AddressRule.parse(rule).grants(Use.CONNECT, "/socket")).isFalse();
    }

    @Test
    void anIpv4AddressInAnIpv6OneIsTheIpv4One() {
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 10, 0, 0, 1};
        assertThat(AddressRule.parse("10.0.0.0/8").grants(Use.CONNECT, mapped, 80)).isTrue();
        assertThat(AddressRule.parse("[::/0]").grants(Use.CONNECT, mapped, 80)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "unix, /a, true",
        "unix, @x, true",
        "unix:/run, /run, true",
        "unix:/run, /run/a/b, true",
        "unix:/run/, /run/a, true",
        "unix:/run, /runner, false",
        "unix:/run, @/run, false",
        "unix:@x, @x, true",
        "unix:@x, @xy, false",
        "unix:@x*, @xy, true",
        "unix:@*, @anything, true",
        "unix:@*, /path, false",
        "bind unix:/run, /run/a, false",
        "netlink, /run/a, false",
    })
    void unixNames(String rule, String name, boolean granted) {
        assertThat(AddressRule.parse(rule).grants(Use.CONNECT, name)).isEqualTo(granted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unix:", "unix:relative", "10.0.0", "10.0.0.256", "10.0.0.1/33", "10.0.0.1:65536", "10.0.0.1:9-8",
        "::1", "[::1", "[1:2:3]", "[::1::2]", "[::1/129]", "[12345::]", "host.example:80", "connect", "10.0.0.1:", "[1:2:3:4:5:6:7:8:9]"})
    void whatIsNoAddress(String text) {
        assertThatThrownBy(() -> AddressRule.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'");
    }
}
