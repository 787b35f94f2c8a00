import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'src/contract/generated/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      // Maps and sets here are replaced as a whole ($state.raw) or no state at all.
      'svelte/prefer-svelte-reactivity': 'off',
      'max-lines': ['error', 600],
      'max-lines-per-function': ['error', { max: 120, skipComments: true }],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/generated/**'], message: 'Generated messages are named in src/contract alone.' }] },
      ],
    },
  },
  { files: ['src/contract/**'], rules: { 'no-restricted-imports': 'off' } },
);
