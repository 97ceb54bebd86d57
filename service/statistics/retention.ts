// Who is still there, wave after wave, from counts of people; must not know the waves or the people.

/** At one wave: those due, those who responded, and of these, who had at the first, at the one before, and at all. */
export type WaveCounts = {
  eligible: number
  respondents: number
  withFirst: number
  withPrevious: number
  balanced: number
}

export type WaveFlow = {
  /** Respondents among those due. */
  waveRate: number | null
  /** Respondents as many times those of the first wave. */
  relative: number | null
  /** Respondents of the first wave who are here. */
  retention: number | null
  /** Respondents of the first wave who were at every wave up to here. */
  balanced: number | null
  /** Respondents of the wave before who are not here. */
  hazard: number | null
}

/**
 * The flow at each wave, the first first, from counts that may be perturbed: shares are kept within 0 to 1 (`relative`
 * may exceed 1, as people come back), null where nobody is below, and nobody is lost at the first wave (Lepkowski &
 * Couper, 2002, in: Survey Nonresponse).
 */
export function retentionFlow(waves: readonly WaveCounts[]): WaveFlow[] {
  return waves.map((wave, place) => {
    const first = waves[0]!.respondents
    const previous = place === 0 ? null : waves[place - 1]!.respondents
    const lost = previous === null ? null : share(wave.withPrevious, previous)
    return {
      waveRate: share(wave.respondents, wave.eligible),
      relative: first > 0 ? wave.respondents / first : null,
      retention: share(wave.withFirst, first),
      balanced: share(wave.balanced, first),
      hazard: lost === null ? null : 1 - lost,
    }
  })
}

const share = (part: number, all: number): number | null => (all > 0 ? Math.min(1, Math.max(0, part / all)) : null)
