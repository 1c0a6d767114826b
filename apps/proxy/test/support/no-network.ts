// Loaded before a program that must not use the network: every attempt is printed and throws.
import dns from "node:dns";
import net from "node:net";

function refuse(what: string): never {
  process.stderr.write(`NETWORK: ${what}\n`);
  throw new Error("The network is not available.");
}

const { lookup } = dns;

Object.assign(net.Socket.prototype, { connect: () => refuse("connect") });
Object.assign(dns, {
  // Listening on an address is allowed, and looks it up too.
  lookup: (...args: Parameters<typeof lookup>) => {
    if (net.isIP(args[0]) === 0) refuse(`lookup ${args[0]}`);
    lookup(...args);
  },
});
Object.assign(globalThis, { fetch: () => refuse("fetch") });
