/** Where the documentation is served, behind the base path. */
export const DOCS_PATH = '/api-docs'
