/** When all scripted answers were created, in seconds since the epoch. Fixed, so that answers can be compared. */
export const created = 1_767_225_600;
