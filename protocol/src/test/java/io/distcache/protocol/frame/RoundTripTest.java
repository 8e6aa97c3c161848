package io.distcache.protocol.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Command;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RoundTripTest {

    private record Frame(int type, int request, Object message) {}

    @Test
    void every_opcode_has_a_sample() {
        assertThat(Samples.COMMANDS.stream().map(Command::opcode).collect(Collectors.toSet()))
                .isEqualTo(EnumSet.allOf(Opcode.class));
    }

    @Test
    void every_kind_of_reply_has_a_sample() {
        assertThat(Samples.REPLIES.stream().map(Reply::kind).collect(Collectors.toSet()))
                .isEqualTo(EnumSet.allOf(Reply.Kind.class));
    }

    @Test
    void every_kind_of_push_has_a_sample() {
        assertThat(Samples.PUSHES.stream().map(Push::kind).collect(Collectors.toSet()))
                .isEqualTo(EnumSet.allOf(Push.Kind.class));
    }

    @Test
    void every_message_class_has_a_sample() {
        Set<Class<?>> sampled = new HashSet<>();
        List.of(Samples.COMMANDS, Samples.REPLIES, Samples.PUSHES)
                .forEach(all -> all.forEach(message -> sampled.add(message.getClass())));
        for (Class<?> root : List.of(Command.class, Reply.class, Push.class)) {
            for (Class<?> permitted : root.getPermittedSubclasses()) {
                if (permitted.isRecord()) {
                    assertThat(sampled).contains(permitted);
                }
            }
        }
    }

    @Test
    void what_was_encoded_is_decoded() {
        for (Command command : Samples.COMMANDS) {
            assertThat(read(Samples.frame(command, 7)))
                    .isEqualTo(new Frame(command.opcode().code(), 7, command));
        }
        for (Reply reply : Samples.REPLIES) {
            assertThat(read(Samples.frame(reply, -7)))
                    .isEqualTo(new Frame(reply.kind().code(), -7, reply));
        }
        for (Push push : Samples.PUSHES) {
            assertThat(read(Samples.frame(push, 0)))
                    .isEqualTo(new Frame(push.kind().code(), 0, push));
        }
        Samples.CLIENT_HELLOS.forEach(hello ->
                assertThat(read(Samples.frame(hello, 0))).isEqualTo(new Frame(FrameEncoder.HELLO_CLIENT, 0, hello)));
        Samples.NODE_HELLOS.forEach(hello ->
                assertThat(read(Samples.frame(hello, 0))).isEqualTo(new Frame(FrameEncoder.HELLO_NODE, 0, hello)));
    }

    @Test
    void every_status_survives() {
        for (Status status : Status.values()) {
            Reply failure = new Reply.Failure(status, "why");
            assertThat(read(Samples.frame(failure, 1)).message).isEqualTo(failure);
        }
    }

    @Test
    void codes_are_unique() {
        List<Integer> codes = new ArrayList<>();
        Arrays.stream(Opcode.values()).map(Opcode::code).forEach(codes::add);
        Arrays.stream(Reply.Kind.values()).map(Reply.Kind::code).forEach(codes::add);
        Arrays.stream(Push.Kind.values()).map(Push.Kind::code).forEach(codes::add);
        codes.addAll(List.of(FrameEncoder.HELLO_CLIENT, FrameEncoder.HELLO_NODE));
        assertThat(codes).doesNotHaveDuplicates();
    }

    @Test
    void no_frame_type_means_two_things() {
        for (Opcode opcode : Opcode.values()) {
            assertThat(Opcode.of(opcode.code())).isEqualTo(opcode);
            assertThat(opcode.code()).isBetween(0x01, 0x3f);
        }
        for (Reply.Kind kind : Reply.Kind.values()) {
            assertThat(Reply.Kind.of(kind.code())).isEqualTo(kind);
            assertThat(kind.code()).isBetween(0x40, 0x7f);
        }
    }

    private static Frame read(byte[] bytes) {
        List<Frame> frames = new ArrayList<>();
        FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT, 1 << 20);
        reader.read(
                Unpooled.wrappedBuffer(bytes),
                (type, request, body) -> frames.add(new Frame(type, request, Samples.decode(type, body))));
        assertThat(frames).hasSize(1);
        return frames.get(0);
    }
}
