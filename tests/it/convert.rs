use assert_cmd::Command;

fn sohoa() -> Command {
    Command::cargo_bin("sohoa").unwrap()
}

#[test]
fn the_worker_is_not_for_people() {
    sohoa().arg("__worker").assert().code(2);
}
