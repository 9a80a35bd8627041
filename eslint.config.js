import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'
import { importArrows } from './scripts/lint/importArrows.mjs'
import { privateNames } from './scripts/lint/privateNames.mjs'

const typed = ['**/*.ts', '**/*.vue']
const untyped = ['**/*.js', '**/*.mjs']
const sources = ['packages/*/src/**/*.{ts,vue}', 'apps/*/src/**/*.{ts,vue}']

export default tseslint.config(
  {
    ignores: [
      ...['**/dist/', '**/coverage/', '**/.cache/', '**/data/', 'packages/server/demo/'],
      // They have packages of their own; a test checks their types where those are installed.
      'examples/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: typed,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      '@typescript-eslint/ban-ts-comment': [
        'error',
        {
          'ts-expect-error': 'allow-with-description',
          'ts-ignore': true,
          minimumDescriptionLength: 5,
        },
      ],
      // A `using` variable is needed only for its disposal.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreUsingDeclarations: true }],
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['**/*.vue'],
    extends: [vue.configs['flat/recommended']],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'no-undef': 'off', // vue-tsc knows the names, this rule does not
      'vue/require-default-prop': 'off', // an optional prop says so in its type
    },
  },
  {
    files: ['**/*.test-d.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    // AppContract is the default contract only while no app registers its own.
    files: ['packages/vue/**'],
    rules: { '@typescript-eslint/no-unnecessary-type-arguments': 'off' },
  },
  {
    files: untyped,
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        URL: 'readonly',
        clearInterval: 'readonly',
        console: 'readonly',
        process: 'readonly',
        setInterval: 'readonly',
      },
    },
  },
  {
    files: sources,
    rules: {
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 80],
    },
  },
  // The file is one table with a row for each limit.
  { files: ['packages/server/src/shared/limits.ts'], rules: { 'max-lines': 'off' } },
  ...importArrows,
  privateNames,
  prettier,
)
