// Loaded before a program that must not talk to anybody: whoever tries is told so, and the attempt is printed.
import dns from "node:dns";
import net from "node:net";

function refuse(what: string): never {
  process.stderr.write(`NETWORK: ${what}\n`);
  throw new Error("The network is away.");
}

const { lookup } = dns;

Object.assign(net.Socket.prototype, { connect: () => refuse("connect") });
Object.assign(dns, {
  // To listen on an address is fine, and asks for its "name" too.
  lookup: (...args: Parameters<typeof lookup>) => {
    if (net.isIP(args[0]) === 0) refuse(`lookup ${args[0]}`);
    lookup(...args);
  },
});
Object.assign(globalThis, { fetch: () => refuse("fetch") });
