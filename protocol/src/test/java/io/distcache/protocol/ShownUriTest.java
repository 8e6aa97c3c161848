package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShownUriTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "distcache:embedded",
                "distcache:embedded/shop?dataDir=/var/data&store.max-bytes=1gb",
                "distcache://h1:2050,n2=h2:2051*3,[::1]:7/shop?timeout=500ms&client-name=till-3",
                "distcache://h1/shop%20x?serialization.allow=com.acme.**",
                "h1:2050",
                "n2=h2:2051*3",
            })
    void what_holds_no_secret_is_shown_as_it_is(String uri) {
        assertThat(ShownUri.of(uri)).isEqualTo(uri);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            distcache://h/x?token=S3CRET&timeout=1s,                distcache://h/x?token=<hidden>&timeout=1s
            distcache://h/x?TOKEN=S3CRET,                           distcache://h/x?TOKEN=<hidden>
            distcache://h/x?%74oken=S3CRET,                         distcache://h/x?%74oken=<hidden>
            distcache://h/x?tokne=S3CRET,                           distcache://h/x?tokne=<hidden>
            distcache://h/x?token=a&token=S3CRET,                   distcache://h/x?token=<hidden>&token=<hidden>
            distcache://h/x?token=S3CRET==,                         distcache://h/x?token=<hidden>
            distcache://h/x?S3CRET,                                 distcache://h/x?<hidden>
            distcache://h/x?=S3CRET,                                distcache://h/x?<hidden>
            distcache://h/x?timeout=1s;token=S3CRET,                distcache://h/x?timeout=<hidden>
            distcache://h/x?token=a#S3CRET,                         distcache://h/x?token=<hidden>
            distcache://h/x?token=a b S3CRET,                       distcache://h/x?token=<hidden>
            distcache://h/x&token=S3CRET,                           distcache://h/x&<hidden>
            distcache://h/x;token=S3CRET,                           distcache://h/x;<hidden>
            distcache://h/token=S3CRET,                             distcache://h/<hidden>
            distcache://h token=S3CRET,                             distcache://h <hidden>
            distcache://ada:S3CRET@h/x,                             distcache://<hidden>@h/x
            distcache://ada:S3/CRET@h/x,                            distcache://<hidden>@h/x
            distcache://S3?CRET@h/x,                                distcache://<hidden>?<hidden>
            distcache:embedded/x?server.auth-token=S3CRET,          distcache:embedded/x?server.auth-token=<hidden>
            distcache:embedded/x?store.auth-token=S3CRET,           distcache:embedded/x?store.auth-token=<hidden>
            distcache:token=S3CRET,                                 distcache:<hidden>
            redis://:S3CRET@h:6379,                                 redis://<hidden>@h:6379
            ada:S3CRET@h,                                           <hidden>@h
            """)
    void a_secret_is_hidden_wherever_it_stands(String uri, String shown) {
        assertThat(ShownUri.of(uri)).isEqualTo(shown);
    }

    @Test
    void a_token_is_hidden_whatever_surrounds_it() {
        long seed = 11;
        Random random = new Random(seed);
        String[] pieces = {
            "&", "?", "#", ";", "%", " ", "\n", "timeout=1s", "x", "@", "a=b", "%26", "token=", "/", ",", ":", "*"
        };
        for (int round = 0; round < 100_000; round++) {
            StringBuilder uri = new StringBuilder("distcache://h1:2050/shop?");
            append(uri, random, pieces);
            uri.append("&token=");
            String secret = "S3" + pieces[random.nextInt(pieces.length)] + "CRET";
            uri.append(secret.replace("&", "%26"));
            append(uri, random, pieces);
            assertThat(ShownUri.of(uri.toString()))
                    .as("seed %s round %s of %s", seed, round, uri)
                    .doesNotContain("CRET")
                    .doesNotContain("\n");
        }
    }

    private static void append(StringBuilder uri, Random random, String[] pieces) {
        for (int i = random.nextInt(4); i > 0; i--) {
            uri.append(pieces[random.nextInt(pieces.length)]);
        }
    }
}
