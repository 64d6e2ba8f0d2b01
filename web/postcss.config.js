// `light-dark()` follows the chosen scheme, also where a browser does not know the function.
export default { plugins: { "postcss-preset-mantine": {} } };
