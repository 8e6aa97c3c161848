package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SecretTest {

    @Test
    void it_is_not_printed_by_itself_or_by_what_holds_it() {
        Secret secret = Secret.of("s3cret");

        assertThat(secret.toString()).isEqualTo("<hidden>");
        assertThat(Secret.NONE.toString()).isEqualTo("none");
        assertThat(new Hello.Client(1, 1, 0, "till", secret, 0).toString())
                .contains("till")
                .doesNotContain("s3cret");
        assertThat(secret.reveal()).isEqualTo("s3cret");
    }

    @Test
    void it_equals_the_same_text_only() {
        Secret secret = Secret.of("s3cret");

        assertThat(secret).isEqualTo(Secret.of("s3cret")).hasSameHashCodeAs(Secret.of("s3cret"));
        assertThat(secret)
                .isNotEqualTo(Secret.of("s3cre"))
                .isNotEqualTo(Secret.of("s3creT"))
                .isNotEqualTo(Secret.NONE);
        assertThat(Secret.of("")).isSameAs(Secret.NONE);
        assertThat(secret.isSaidBy("s3cret".getBytes(StandardCharsets.UTF_8))).isTrue();
        assertThat(secret.isSaidBy("s3cretx".getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThat(secret.isSaidBy(new byte[0])).isFalse();
    }
}
