/// A box in pixels of the page image as it is shown (upright), origin top left.
/// `x1` and `y1` are one past the last pixel, so width is `x1 - x0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PixelBox {
    pub x0: i32,
    pub y0: i32,
    pub x1: i32,
    pub y1: i32,
}

impl PixelBox {
    pub fn new(x0: i32, y0: i32, x1: i32, y1: i32) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// `[x0, y0, x1, y1]`, as files and answers have it.
    pub fn corners(&self) -> [i32; 4] {
        [self.x0, self.y0, self.x1, self.y1]
    }

    pub fn width(&self) -> i32 {
        (self.x1 - self.x0).max(0)
    }

    pub fn height(&self) -> i32 {
        (self.y1 - self.y0).max(0)
    }

    pub fn area(&self) -> i64 {
        i64::from(self.width()) * i64::from(self.height())
    }

    pub fn is_empty(&self) -> bool {
        self.width() == 0 || self.height() == 0
    }

    /// The smallest box that holds both.
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return *other;
        }
        if other.is_empty() {
            return *self;
        }
        Self::new(
            self.x0.min(other.x0),
            self.y0.min(other.y0),
            self.x1.max(other.x1),
            self.y1.max(other.y1),
        )
    }

    /// The part that both share; empty when they do not meet.
    pub fn intersection(&self, other: &Self) -> Self {
        let meet = Self::new(
            self.x0.max(other.x0),
            self.y0.max(other.y0),
            self.x1.min(other.x1),
            self.y1.min(other.y1),
        );
        if meet.is_empty() { Self::default() } else { meet }
    }

    pub fn contains_point(&self, x: i32, y: i32) -> bool {
        x >= self.x0 && x < self.x1 && y >= self.y0 && y < self.y1
    }

    pub fn center(&self) -> (i32, i32) {
        ((self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2)
    }

    /// The box grown by `dx` left and right and `dy` above and below, within `bounds`.
    pub fn grown(&self, dx: i32, dy: i32, bounds: &Self) -> Self {
        Self::new(self.x0 - dx, self.y0 - dy, self.x1 + dx, self.y1 + dy).intersection(bounds)
    }
}

/// The smallest box around all of `boxes`; `None` when there is none.
pub fn bounding(boxes: impl IntoIterator<Item = PixelBox>) -> Option<PixelBox> {
    boxes.into_iter().reduce(|a, b| a.union(&b))
}

impl FromIterator<PixelBox> for PixelBox {
    fn from_iter<I: IntoIterator<Item = PixelBox>>(iter: I) -> Self {
        bounding(iter).unwrap_or_default()
    }
}
