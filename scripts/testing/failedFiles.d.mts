export function failedFiles(report: string): string[]
