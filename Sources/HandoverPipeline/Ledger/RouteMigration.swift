/// Migration 7: finding the people whose way to a recipient rests on an area or a prison, and the tasks.
enum RouteMigration {
    static let sql = """
        create index episode_area on episode (utla, released_on);
        create index episode_open_prison on episode ((coalesce(planned_prison_id, prison_id))) where is_open;
        create index episode_release_prison on episode (release_prison_id, released_on);
        create index message_task on message (stream_id, version) where task_code is not null;
        """
}
