import dns from "node:dns";
import { Socket } from "node:net";
import { addressNotPublic, type Transport, TransportError, type TransportRequest } from "@modelyard/core/kit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ok, type RawServer, startRawServer } from "./support/raw-server.js";
import { publicLookup, publicOnly } from "../src/node/public-lookup.js";
import { createTransport } from "../src/node.js";

type Callback = (
  error: Error | null,
  addresses: readonly { readonly address: string; readonly family: number }[],
) => void;

/** Makes the platform's resolver answer each lookup with the next list, and repeat the last one. */
function resolvesTo(...lists: readonly (readonly string[])[]): { count: number } {
  const lookups = { count: 0 };
  vi.spyOn(dns, "lookup").mockImplementation(((_: string, __: object, callback: Callback) => {
    const list = lists[Math.min(lookups.count, lists.length - 1)] ?? [];
    lookups.count += 1;
    const addresses = list.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    queueMicrotask(() => {
      callback(null, addresses);
    });
  }) as never);
  return lookups;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a request with publicOnly", () => {
  let server: RawServer;
  let transport: Transport;
  beforeEach(async () => {
    server = await startRawServer();
    server.answer(ok("fine"));
    transport = createTransport();
  });
  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  const send = async (isPublic: boolean): Promise<unknown> => {
    const origin = `http://api.example.com:${String(server.port)}`;
    const request: TransportRequest = { method: "GET", origin, path: "/", headers: {}, publicOnly: isPublic };
    try {
      return new TextDecoder().decode(await (await transport.send(request)).bytes());
    } catch (error) {
      return error;
    }
  };
  const expectRefused = (error: unknown): void => {
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ phase: "connect", code: addressNotPublic });
  };

  it.each([
    [["127.0.0.1"]],
    [["8.8.8.8", "127.0.0.1"]],
    [["127.0.0.1", "2606:4700::1111"]],
    [["::ffff:127.0.0.1"]],
    [[]],
  ])("is not sent if its name resolves to %j", async (addresses) => {
    resolvesTo(addresses);
    expectRefused(await send(true));
    expect(server.connections).toHaveLength(0);
  });

  it("does not affect other requests to the same name", async () => {
    resolvesTo(["127.0.0.1"]);
    expect(await send(false)).toBe("fine");
  });

  it("does not reuse another request's connection to a private address", async () => {
    resolvesTo(["127.0.0.1"]);
    expect(await send(false)).toBe("fine");
    expectRefused(await send(true));
    expect(server.connections.map(({ requests }) => requests)).toEqual([1]);
    expect(await send(false)).toBe("fine");
    expect(server.connections.map(({ requests }) => requests)).toEqual([2]);
  });

  it("fails like other requests if its name does not resolve", async () => {
    vi.spyOn(dns, "lookup").mockImplementation(((_: string, __: object, callback: Callback) => {
      callback(Object.assign(new Error("unknown"), { code: "ENOTFOUND" }), []);
    }) as never);
    const error = await send(true);
    expect(error).toMatchObject({ phase: "connect", code: "ENOTFOUND" });
  });
});

describe("a connection for a request with publicOnly", () => {
  const outcome = async (remoteAddress: string | undefined): Promise<unknown> => {
    const socket = new Socket();
    Object.defineProperty(socket, "remoteAddress", { value: remoteAddress });
    const connect = publicOnly((_, callback) => {
      callback(null, socket);
    });
    const target = { hostname: "api.example.com", protocol: "http:", port: "80" };
    const error = await new Promise((resolve) => {
      connect(target, (...[failed]) => {
        resolve(failed);
      });
    });
    return [socket.destroyed, (error as { readonly code?: string } | null)?.code];
  };

  it.each(["127.0.0.1", "::1", "fe80::1%eth0", undefined])(
    "is given up before anything is sent when the platform connected to %s all the same",
    async (address) => {
      expect(await outcome(address)).toEqual([true, addressNotPublic]);
    },
  );

  it("is used if it leads to a public address", async () => {
    expect(await outcome("2606:4700::1111")).toEqual([false, undefined]);
  });
});

describe("publicLookup", () => {
  const lookUp = (all: boolean): Promise<unknown> =>
    new Promise((resolve) => {
      publicLookup("api.example.com", { all }, (error, address, family) => {
        resolve(error ?? (family === undefined ? address : [address, family]));
      });
    });

  it("returns the addresses that it checked, and resolves the name once, since a second answer may differ", async () => {
    const lookups = resolvesTo(["8.8.8.8", "2606:4700::1111"], ["127.0.0.1"]);
    expect(await lookUp(true)).toEqual([
      { address: "8.8.8.8", family: 4 },
      { address: "2606:4700::1111", family: 6 },
    ]);
    expect(lookups.count).toBe(1);
    expect(await lookUp(true)).toMatchObject({ code: addressNotPublic });
  });

  it("returns one address if only one is requested", async () => {
    resolvesTo(["8.8.4.4", "8.8.8.8"]);
    expect(await lookUp(false)).toEqual(["8.8.4.4", 4]);
  });
});
