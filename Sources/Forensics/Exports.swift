// The executable sees the library through this module alone; member import visibility makes the re-export explicit.
@_exported public import ForensicsCompare
@_exported public import ForensicsModel
@_exported public import ForensicsReport
