package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoolMemberTest {

    @ParameterizedTest
    @CsvSource({
        "h1,                    h1:2050,            h1:2050,         1",
        "h1:7,                  h1:7,               h1:7,            1",
        "a=h1,                  a,                  h1:2050,         1",
        "h1*3,                  h1:2050,            h1:2050,         3",
        "a=h1:7*100,            a,                  h1:7,            100",
        "[::1],                 [::1]:2050,         [::1]:2050,      1",
        "six=[fe80::1%eth0]:7,  six,                [fe80::1%eth0]:7, 1",
        "h1:2050=h9:2050,       h1:2050,            h9:2050,         1",
    })
    void a_member_is_read_with_defaults_for_what_is_left_out(String text, String name, String address, int weight) {
        assertThat(PoolMember.parse(text)).isEqualTo(new PoolMember(name, address, weight));
    }

    @ParameterizedTest
    @ValueSource(strings = {"h1:2050", "a=h1:7*2", "[::1]:2050*9", "six=[::1]:1"})
    void what_is_written_is_read_back(String text) {
        assertThat(PoolMember.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "\"\"         | no host",
                "a=         | no host",
                ":2050      | no host",
                "[]:2050    | no host",
                "h1:        | no port number",
                "h1:many    | no port number",
                "h1:0       | no port number",
                "h1:70000   | no port number",
                "h1:+7      | no port number",
                "[::1]2050  | no port number",
                "[::1       | is no node address; write host:port, or [address]:port for IPv6",
                "::1        | is no node address; write host:port, or [address]:port for IPv6",
                "h1*        | the weight after * in 'h1*'",
                "h1*0       | the weight after * in 'h1*0'",
                "h1*101     | the weight after * in 'h1*101'",
                "h1*2*3     | the weight after * in 'h1*2*3'",
                "a=b=h1     | 'b=h1' for a host",
                "h 1        | 'h <hidden>' for a host",
                "u@h1       | '<hidden>@h1' for a host",
                "=h1        | '' is no name of a pool's member",
                "a b=h1     | 'a <hidden>' is no name of a pool's member",
            })
    void what_is_wrong_is_said(String text, String said) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PoolMember.parse(text))
                .withMessageContaining(said);
    }

    @Test
    void an_address_that_is_too_long_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PoolMember.parse("a=" + "h".repeat(400)))
                .withMessageContaining("address of member a");
    }
}
