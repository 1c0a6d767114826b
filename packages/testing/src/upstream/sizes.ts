/** The text of `huge_chunk`: two megabytes without white space. */
export const hugeText = "x".repeat(2_000_000);

/** The web page that a proxy or a captive portal sends instead of an answer. */
export const page = "<html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>";
