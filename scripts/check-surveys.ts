// Part of npm run check: reads surveys/ as the service does and says file, line and reason for every fault.
import '../service/platform/node-version.ts'
import { FileError } from '../service/platform/yaml.ts'
import { loadSurveys } from '../service/surveys.ts'

try {
  const { bank, frame } = loadSurveys('surveys', { demonstration: false })
  loadSurveys('surveys', { demonstration: true })
  console.log(
    `surveys/: ${bank.instruments.size} instruments, ${bank.measures.length} measures, ${frame.dimensions.length} dimensions, in order`,
  )
} catch (error) {
  if (!(error instanceof FileError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
