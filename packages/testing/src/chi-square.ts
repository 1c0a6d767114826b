/** Regularized lower incomplete gamma function. Source: W. Press et al., Numerical Recipes, 6.2 (series, continued fraction). */
function lowerGamma(shape: number, x: number): number {
  if (x <= 0) return 0;
  const scale = Math.exp(-x + shape * Math.log(x) - logGamma(shape));
  if (x < shape + 1) {
    let term = 1 / shape;
    let sum = term;
    for (let step = 1; step < 1_000 && Math.abs(term) > Math.abs(sum) * 1e-15; step += 1) {
      term *= x / (shape + step);
      sum += term;
    }
    return sum * scale;
  }
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let step = 1; step < 1_000; step += 1) {
    const a = -step * (step - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return 1 - scale * fraction;
}

/** Source: C. Lanczos, with the coefficients of Numerical Recipes, 6.1. */
function logGamma(x: number): number {
  const coefficients = [
    76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 1.208650973866179e-3,
    -5.395239384953e-6,
  ];
  const start = x + 5.5 - (x + 0.5) * Math.log(x + 5.5);
  const sum = coefficients.reduce(
    (total, coefficient, index) => total + coefficient / (x + index + 1),
    1.000000000190015,
  );
  return -start + Math.log((2.5066282746310002 * sum) / x);
}

/**
 * The probability that random variation alone explains counts at least this far from the expected ones (Pearson's
 * chi-square test).
 * @param counts - the observed counts
 * @param shares - the expected fractions of the total; where one is 0, the count must be 0
 * @returns from 0 to 1. A value below 0.01 suggests that the counts do not follow the shares
 */
export function chiSquareP(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const all = shares.reduce((sum, share) => sum + share, 0);
  let statistic = 0;
  let freedom = -1;
  for (const [index, share] of shares.entries()) {
    const count = counts[index] ?? 0;
    if (share === 0 && count > 0) return 0;
    if (share === 0) continue;
    const expected = (total * share) / all;
    statistic += (count - expected) ** 2 / expected;
    freedom += 1;
  }
  return freedom <= 0 ? 1 : 1 - lowerGamma(freedom / 2, statistic / 2);
}
