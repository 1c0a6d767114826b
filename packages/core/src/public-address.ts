/**
 * Which hosts are on the public internet. Callers must not make the router connect to any others: to this machine, to
 * private networks, or to the metadata services of clouds, which give out credentials.
 *
 * Sources: the IANA special-purpose address registries for IPv4 and IPv6; RFC 6762, appendix G, for private top-level
 * names; Microsoft's page "What is IP address 168.63.129.16?".
 */

/** IPv4 ranges by first address and prefix length. Classes D and E, 224.0.0.0 and above, are checked separately. */
const specialV4: readonly (readonly [address: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  // Carrier-grade NAT. Alibaba's metadata service, 100.100.100.200, is in it.
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // Azure's wire server: a public address that every virtual machine there can reach.
  ["168.63.129.16", 32],
  // Link-local. The metadata services of most clouds are in it.
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  // Protocol assignments. Oracle's metadata service, 192.0.0.192, is in it.
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
];

const rangesV4 = /* @__PURE__ */ specialV4.map(([address, bits]) => {
  const size = 2 ** (32 - bits);
  return [Math.floor(numberV4(address) / size), size] as const;
});

/** Domains that only exist in private networks or stand for this machine, with all names below them. */
const privateDomains =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|test|invalid|onion|arpa|svc|consul|metadata\.goog|kubernetes\.default)$/u;

/**
 * Whether a host, as written in `URL.hostname`, may be on the public internet. Addresses are judged by their range,
 * names by their spelling. Which address a name leads to is only known when it is resolved: see {@link
 * isPublicAddress}.
 */
export function isPublicHost(hostname: string): boolean {
  if (hostname.startsWith("[")) return isPublicV6(hostname.slice(1, -1));
  const name = hostname.toLowerCase().replace(/\.+$/u, "");
  if (dottedV4.test(name)) return isPublicV4(name);
  return name.includes(".") && !name.includes("..") && !privateDomains.test(name);
}

/** Whether an IP address, as returned by a resolver, is on the public internet. False for anything else. */
export function isPublicAddress(address: string): boolean {
  if (dottedV4.test(address)) return isPublicV4(address);
  // The URL parser normalizes IPv6 addresses, and rejects those with a zone (`fe80::1%eth0`).
  return URL.canParse(`http://[${address}]`) && isPublicV6(new URL(`http://[${address}]`).hostname.slice(1, -1));
}

const dottedV4 = /^\d+\.\d+\.\d+\.\d+$/u;

function numberV4(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

function isPublicV4(address: string): boolean {
  return isPublicNumber(numberV4(address));
}

function isPublicNumber(number: number): boolean {
  if (number >= 0xe0_00_00_00) return false;
  return rangesV4.every(([start, size]) => Math.floor(number / size) !== start);
}

/** @param address - as the URL parser normalizes it: in lower case, in the shortest form, without a dotted part */
function isPublicV6(address: string): boolean {
  const groups = groupsV6(address);
  const [first = 0, second = 0] = groups;
  // NAT64: IPv6-only networks wrap an IPv4 address, and that one counts.
  if (first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0))
    return isPublicNumber((groups[6] ?? 0) * 0x1_00_00 + (groups[7] ?? 0));
  // Only global unicast, 2000::/3, is assigned. Mapped addresses, ULA, link-local and multicast are outside of it.
  if (first < 0x2000 || first > 0x3fff) return false;
  // Protocol assignments, 2001::/23, including Teredo and ORCHID; documentation; 6to4, which wraps an IPv4 address.
  if (first === 0x2001) return second >= 0x200 && second !== 0xdb8;
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
}

function groupsV6(address: string): readonly number[] {
  const [head, tail] = address.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const before = head ?? [];
  const after = tail ?? [];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = before.concat(
    Array.from({ length: zeros }, () => "0"),
    after,
  );
  return groups.map((group) => Number.parseInt(group, 16));
}
