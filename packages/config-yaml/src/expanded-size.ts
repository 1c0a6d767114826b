/** How many values there would be with every YAML alias expanded. Each shared value is visited only once. */
export function expandedSize(root: unknown): number {
  const sizes = new Map<object, number>();
  const measure = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 1;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    let size = 1;
    for (const item of Object.values(value)) size += measure(item);
    sizes.set(value, size);
    return size;
  };
  return measure(root);
}
