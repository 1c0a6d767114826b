// Loaded before the command line: ends every process that is started to read a changed file.
if (process.env["MODELYARD_READER"] !== undefined) process.exit(3);
