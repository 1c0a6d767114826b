/** What `huge_chunk` says: two megabytes without a break. */
export const hugeText = "x".repeat(2_000_000);

/** What stands where an answer should be when a proxy or a captive portal answers. */
export const page = "<html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>";
