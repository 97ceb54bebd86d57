// Reads a YAML file that a person wrote, and says file, line and reason when it is not what it should be.
import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'

export class FileError extends Error {}

/** The content of a YAML file, checked; throws a `FileError` that names every line at fault. */
export function readYaml<T>(path: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    throw new FileError(
      document.errors.map((error) => `${path}:${lines.linePos(error.pos[0]).line}: ${error.message}`).join('\n'),
    )
  }
  const parsed = schema.safeParse(document.toJS())
  if (parsed.success) return parsed.data
  throw new FileError(
    parsed.error.issues
      .map((issue) => `${path}:${lineOf(issue.path)}: ${where(issue.path)}${issue.message}`)
      .join('\n'),
  )

  function lineOf(keys: readonly PropertyKey[]): number {
    for (let depth = keys.length; depth >= 0; depth--) {
      const node = document.getIn(keys.slice(0, depth), true) as { range?: [number, number, number] } | undefined
      if (node?.range) return lines.linePos(node.range[0]).line
    }
    return 1
  }
}

const where = (keys: readonly PropertyKey[]) => (keys.length > 0 ? `${keys.map(String).join('.')}: ` : '')
