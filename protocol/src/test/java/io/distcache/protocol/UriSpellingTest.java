package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UriSpellingTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = " | ",
            value = {
                "distcache://h1/shop | distcache://h1/shop",
                "distcache://h1:2050,h2:2050/shop | distcache://h1:2050;h2:2050/shop",
                "distcache://n1=h1:2050*2,n2=h2:2050/shop | distcache://n1~h1:2050+2;n2~h2:2050/shop",
                "distcache://h1*3/shop | distcache://h1+3/shop",
                "distcache://[::1]:2050/shop | distcache://[::1]:2050/shop",
                "distcache://a~b+c%41=h1/x | distcache://a%7Eb%2Bc%2541~h1/x",
                "distcache://h1/shop?timeout=3s&client-name=web | distcache://h1/shop;timeout~3s;client-name~web",
                "distcache:embedded?dataDir=/var/a%3Bb | distcache:embedded;dataDir~/var/a%3Bb",
                "distcache:embedded/x?store.max-bytes=64mb | distcache:embedded/x;store.max-bytes~64mb",
                "distcache://h1/x?serialization.allow=com.acme.%2A%2A | distcache://h1/x;serialization.allow~com.acme.%2A%2A",
            })
    void each_is_made_of_the_other(String usual, String plain) {
        assertThat(UriSpelling.plain(usual, true)).isEqualTo(plain);
        assertThat(UriSpelling.usual(plain)).isEqualTo(usual);
        assertThat(UriSpelling.usual(usual)).isEqualTo(usual);
        assertThat(URI.create(plain)).hasToString(plain);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "distcache://h1/a,b",
                "distcache://h1/a;b?timeout=3s",
                "distcache://h1/x?serialization.allow=com.acme.**,!com.acme.Secret",
                "distcache://h1/x?client-name=a~b=c?d(e)",
                "distcache://n1=h1*2,h2,n3=h3:1*3/a*b?timeout=1s&&max-in-flight=3&",
                "distcache:embedded/a=b",
            })
    void the_plain_one_has_nothing_that_names_of_mbeans_give_a_meaning_to(String usual) {
        String plain = UriSpelling.plain(usual, false);

        assertThat(plain).doesNotContainPattern("[,=?*\"]");
        assertThat(UriSpelling.plain(UriSpelling.usual(plain), false)).isEqualTo(plain);
    }

    @Test
    void the_scheme_may_be_written_in_capitals() {
        assertThat(UriSpelling.usual("DistCache://h1;h2/shop")).isEqualTo("distcache://h1,h2/shop");
        assertThat(UriSpelling.hasScheme("distcashe://h1")).isFalse();
    }

    @Test
    void what_is_hidden_is_left_out_and_no_value_can_look_like_it() {
        assertThat(UriSpelling.plain("distcache://h1/x?token=S3CRET&timeout=1s", true))
                .isEqualTo("distcache://h1/x;token~(hidden);timeout~1s");
        assertThat(UriSpelling.plain("distcache://h1/x?token=(hidden)", false))
                .isEqualTo("distcache://h1/x;token~%28hidden)");
    }

    @Test
    void a_file_s_uri_still_means_the_file() {
        assertThat(URI.create(UriSpelling.plain("file:/etc/a,b=c.properties", true))
                        .getPath())
                .isEqualTo("/etc/a,b=c.properties");
    }
}
