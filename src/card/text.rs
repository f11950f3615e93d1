pub fn render(_c: &super::Card) -> String {
    String::new()
}
