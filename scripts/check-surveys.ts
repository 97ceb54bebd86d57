// Part of npm run check: reads surveys/ as the service does and says file, line and reason for every fault; its JSON
// Schemas must be those its files are read by.
import '../service/platform/node-version.ts'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileError } from '../service/platform/yaml.ts'
import { surveySchemas } from '../service/survey-schemas.ts'
import { loadSurveys } from '../service/surveys.ts'

try {
  const { bank, frame } = loadSurveys('surveys', { demonstration: false })
  loadSurveys('surveys', { demonstration: true })
  for (const [name, content] of Object.entries(surveySchemas())) {
    const path = join('surveys', 'schemas', name)
    if (!existsSync(path) || readFileSync(path, 'utf8') !== content)
      throw new FileError(`${path}:1: is not what the files are read by; npm run schemas writes it anew`)
  }
  console.log(
    `surveys/: ${bank.instruments.size} instruments, ${bank.measures.length} measures, ${frame.dimensions.length} dimensions, in order`,
  )
} catch (error) {
  if (!(error instanceof FileError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
