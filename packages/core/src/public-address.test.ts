import { describe, expect, it } from "vitest";
import { isPublicAddress, isPublicHost } from "./public-address.js";

const words = (text: string): readonly string[] => text.trim().split(/\s+/u);
const hostOf = (authority: string): string => new URL(`http://${authority}/`).hostname;

describe("a host is not public", () => {
  it.each(
    words(`
      127.0.0.1 127.1 0x7f.1 2130706433 017700000001 0.0.0.0 %31%32%37.0.0.1 １２７.0.0.1 ①②⑦.0.0.1 10.1.2.3
      10.0.0.0300 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255 169.254.169.254
      168.63.129.16 100.100.100.200 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.7
      203.0.113.9 224.0.0.1 240.0.0.1 255.255.255.255
    `),
  )("when it is an IPv4 address outside the public ranges: %s", (authority) => {
    expect(isPublicHost(hostOf(authority))).toBe(false);
  });

  it.each(
    words(`
      :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::10.0.0.1 fe80::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 100::1
      64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::8.8.8.8 2001::1
      2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:1ff::1 2001:db8::1 2002:a00:1::1 2002:808:808::1
      3fff::1 3fff:fff::1 5f00::1 4000::1
    `),
  )("when it is an IPv6 address outside the public ranges: %s", (address) => {
    expect(isPublicHost(hostOf(`[${address}]`))).toBe(false);
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(
    words(`
      localhost LOCALHOST localhost. localhost.. api.localhost localhost.localdomain redis redis. foo.internal
      foo.internal.. metadata.google.internal metadata.goog metadata.goog. printer.local git.corp nas.home
      nas.home.arpa box.lan wiki.intranet db.private api.test a.invalid x.onion 1.0.0.127.in-addr.arpa
      kubernetes.default kubernetes.default.svc api.prod.svc api.prod.svc.cluster.local redis.service.consul
      node.dc1.consul api..example.com
    `),
  )("when its name is known to private networks only: %s", (authority) => {
    expect(isPublicHost(hostOf(authority))).toBe(false);
  });

  it.each(["", "x", "localhost", "1.2.3", "fe80::1%eth0", "[::1]", "8.8.8.8:80", "8.8.8.8]/["])(
    "when a resolver gives something that is not an address: %j",
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );
});

describe("a host is public", () => {
  it.each(
    words(`
      api.openai.com api.openai.com. 10.example.com localhost.example.com corp.example.com homes.example
      8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 168.63.129.15 169.253.0.1
      172.15.0.1 172.32.0.1 192.0.1.1 192.167.0.1 192.169.0.1 198.17.0.1 223.255.255.255 [2606:4700::1111]
      [2001:200::1] [2001:4860:4860::8888] [2a00:1450::1] [3fff:1000::1] [64:ff9b::8.8.8.8] bücher.example
    `),
  )("when nothing says otherwise: %s", (authority) => {
    expect(isPublicHost(hostOf(authority))).toBe(true);
  });

  it.each(["8.8.8.8", "2606:4700::1111", "2606:4700:0:0:0:0:0:1111", "64:ff9b::808:808"])(
    "when a resolver gives its address: %s",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});
