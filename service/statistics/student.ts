// Quantiles and tails of Student's t, the normal quantile used at 95 %; knows numbers only, not surveys or noise.

/** The 97.5 % quantile of the standard normal distribution, for two-sided 95 % intervals. */
export const NORMAL_975 = 1.959963984540054

/**
 * The t below which a share `p` (0 < p < 1) of Student's distribution with `degreesOfFreedom` (> 0, not necessarily
 * whole) lies, found by bisecting the tail ½·I_x(df/2, ½), x = df/(df+t²) (Abramowitz & Stegun, 1964, 26.5.27);
 * throws RangeError outside those domains.
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`p must lie strictly between 0 and 1, not ${p}`)
  if (!(degreesOfFreedom > 0 && degreesOfFreedom < Infinity)) {
    throw new RangeError(`degreesOfFreedom must be positive and finite, not ${degreesOfFreedom}`)
  }
  if (p === 0.5) return 0
  if (p < 0.5) return -quantileAbove(p, degreesOfFreedom)
  return quantileAbove(1 - p, degreesOfFreedom)
}

/**
 * The share of Student's distribution with `degreesOfFreedom` (> 0) that lies above `t`, of either sign (A&S 26.5.27).
 */
export const studentTail = (t: number, degreesOfFreedom: number): number =>
  t < 0 ? 1 - upperTail(-t, degreesOfFreedom) : upperTail(t, degreesOfFreedom)

/** The positive t above which a share `tail` (< ½) lies. */
function quantileAbove(tail: number, degreesOfFreedom: number): number {
  let low = 0
  let high = 1
  while (upperTail(high, degreesOfFreedom) > tail) {
    low = high
    high *= 2
  }
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return middle
    if (upperTail(middle, degreesOfFreedom) > tail) low = middle
    else high = middle
  }
}

function upperTail(t: number, degreesOfFreedom: number): number {
  const total = degreesOfFreedom + t * t
  if (total === Infinity) return 0
  return incompleteBeta(degreesOfFreedom / total, (t * t) / total, degreesOfFreedom / 2, 0.5) / 2
}

/** The regularised I_x(a, b); y is 1 − x, given apart because the subtraction would lose digits (DLMF 8.17.22). */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b)
  const front = Math.exp(a * Math.log(x) + b * Math.log(y) - logBeta)
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a
  return 1 - (front * betaFraction(y, b, a)) / b
}

/** The continued fraction of I_x by the modified Lentz method (Press et al., Numerical Recipes, 3rd ed. 2007, §6.4). */
function betaFraction(x: number, a: number, b: number): number {
  const awayFromZero = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value)
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-15) return fraction
  }
  throw new RangeError(`the incomplete beta fraction does not converge at x=${x}, a=${a}, b=${b}`)
}

/** ln Γ(x) for x > 0: Stirling's series (Abramowitz & Stegun, 1964, 6.1.41) after shifting x to 15 or more. */
function logGamma(x: number): number {
  let shift = 0
  let z = x
  for (; z < 15; z++) shift += Math.log(z)
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7)
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift
}
