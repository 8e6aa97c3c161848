// One call of a client of Redis over TLS as a user: redis.mjs LIBRARY PORT CA USER PASSWORD
// Prints "served", or one line with what went wrong.
import { readFileSync } from 'node:fs';

const [library, port, ca, username, password] = process.argv.slice(2);
const tls = { ca: readFileSync(ca) };

async function nodeRedis() {
    const { createClient } = await import('redis');
    const client = createClient({
        username,
        password,
        socket: { host: 'localhost', port: Number(port), tls: true, ...tls, reconnectStrategy: false },
    });
    // What goes wrong is thrown by connect(), too.
    client.on('error', () => {});
    await client.connect();
    await client.set('k', library);
    const found = await client.get('k');
    await client.close();
    return found;
}

async function ioredis() {
    const { Redis } = await import('ioredis');
    const client = new Redis({
        host: 'localhost',
        port: Number(port),
        username,
        password,
        tls,
        lazyConnect: true,
        retryStrategy: () => null,
        maxRetriesPerRequest: 0,
    });
    let why;
    client.on('error', (error) => {
        why ??= error;
    });
    try {
        await client.connect();
        await client.set('k', library);
        return await client.get('k');
    } catch (error) {
        throw why ?? error;
    } finally {
        client.disconnect();
    }
}

try {
    const found = await (library === 'ioredis' ? ioredis() : nodeRedis());
    console.log(found === library ? 'served' : `found ${found}`);
} catch (error) {
    console.log(`${error.code ?? error.name}: ${error.message}`.split('\n')[0]);
}
process.exit(0);
