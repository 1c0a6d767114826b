/** A name that a pattern covers, since a pattern itself is not a model that can be asked for. */
export function nameCoveredBy(pattern: string): string {
  return pattern.replaceAll("*", "NAME");
}
