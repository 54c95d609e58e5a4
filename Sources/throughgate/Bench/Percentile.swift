extension [Double] {
    /// Of values that rise, the one below which so many of a hundred lie; 0 where there is none.
    func percentile(_ percent: Int) -> Double { isEmpty ? 0 : self[Swift.min(count - 1, count * percent / 100)] }
}
